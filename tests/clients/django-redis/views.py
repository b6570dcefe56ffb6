"""The site's pages: POST /login, GET /me, GET /logout, and /visits, which counts in the session."""
from django.contrib import auth
from django.http import HttpResponse
from django.urls import path


def login(request):
    user = auth.authenticate(request, username=request.POST["name"], password=request.POST["password"])
    if user is None:
        return HttpResponse("no", status=403)
    auth.login(request, user)
    return HttpResponse("welcome")


def me(request):
    return HttpResponse(request.user.get_username() or "nobody")


def logout(request):
    auth.logout(request)
    return HttpResponse("goodbye")


def visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


urlpatterns = [path("login", login), path("me", me), path("logout", logout), path("visits", visits)]
